"""
The search of Freshet's `bench scan` by faiss-cpu, on the same vectors and queries: flat (exact), and inverted files of floats and of
bytes, each with as many lists read as give the recall that is asked for. Recall of faiss and of Freshet is held against
faiss's flat search. One thread; microseconds a query are medians over all queries, one query a call, as a server has them.

    freshet bench scan --items 1000000 --export DIR
    python faiss_scan.py DIR --recall .98
"""
import argparse
import json
import time
from pathlib import Path

import faiss
import numpy as np


def timed(index, queries, k):
    found, times = [], []
    for query in queries:
        began = time.perf_counter()
        _, ids = index.search(query[None], k)
        times.append(time.perf_counter() - began)
        found.append(ids[0])
    return np.array(found), 1e6 * float(np.median(times))


def recall(found, exact):
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, exact)]))


def at_recall(index, queries, k, exact, wanted):
    """As few lists as find `wanted` of the exact best."""
    lists = 1
    while True:
        index.nprobe = lists
        found, _ = timed(index, queries, k)
        if recall(found, exact) >= wanted or lists >= index.nlist:
            break
        lists = max(lists + 1, int(lists * 1.15))
    found, micros = timed(index, queries, k)
    return {'us': round(micros), 'recall': round(recall(found, exact), 4), 'lists': index.nlist, 'lists_read': lists}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', type=Path)
    parser.add_argument('--recall', type=float, default=0.98)
    asked = parser.parse_args()
    faiss.omp_set_num_threads(1)
    rows, queries, numbers = (np.load(asked.folder / f'{name}.npy') for name in ('rows', 'queries', 'numbers'))
    k = np.load(asked.folder / 'found-floats.npy').shape[1]
    dim = rows.shape[1]

    flat = faiss.IndexFlatIP(dim)
    flat.add(rows)
    exact, flat_us = timed(flat, queries, k)
    lists = int(2 ** round(np.log2(4 * np.sqrt(len(rows)))))
    told = {'faiss': faiss.__version__, 'rows': len(rows), 'queries': len(queries), 'k': k, 'flat_us': round(flat_us)}
    for name, index in {
        'ivf_floats': faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT),
        'ivf_bytes': faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dim), dim, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT),
    }.items():
        index.train(rows[np.random.default_rng(1).permutation(len(rows))[: 50 * lists]])
        index.add(rows)
        told[name] = at_recall(index, queries, k, exact, asked.recall)
    told['freshet_recall'] = {path: round(recall(np.load(asked.folder / f'found-{path}.npy'), numbers[exact]), 4) for path in ('floats', 'codes', 'lists')}
    print(json.dumps(told))


if __name__ == '__main__':
    main()
