"""
The training step of Freshet's `bench train` in PyTorch, as somebody would write it there: an embedding table with sparse
gradients, autograd, a sparse Adagrad. Prints one JSON document: examples a second, by number of negatives, for the
number of threads that was asked for.

The same work as there: items drawn by Zipf's law, histories of 10 to 20 events pooled by a learned attention over position, age
and type, cosine over a temperature plus bias, softmax over the target and K negatives that a micro-batch shares, Adagrad.
Left out here, so that PyTorch has less to do: history items as candidates, repeat and follow terms, the check that all is finite.
Batches are drawn before the clock starts, as in the bench.

    python torch_step.py --threads 1 --negatives 256,1024 --batch 32 --seconds 5
"""
import argparse
import json
import time

import torch

HISTORY, TEMPERATURE, PREPARED = 20, 0.07, 64


class Model(torch.nn.Module):
    def __init__(self, items: int, dim: int):
        super().__init__()
        self.rows = torch.nn.Embedding(items + 1, dim, sparse=True)
        self.bias = torch.nn.Embedding(items + 1, 1, sparse=True)
        torch.nn.init.normal_(self.rows.weight, std=0.05)
        torch.nn.init.zeros_(self.bias.weight)
        self.position = torch.nn.Parameter(-0.3 * torch.arange(HISTORY, dtype=torch.float32))
        self.age = torch.nn.Parameter(torch.zeros(8))
        self.kind = torch.nn.Parameter(torch.zeros(8))
        self.constant = torch.nn.Parameter(torch.tensor(-2.0))

    def forward(self, batch, items: int, negatives: int) -> torch.Tensor:
        history, age, kind, there, target, sample = batch
        logits = (self.position + self.age[age] + self.kind[kind]).masked_fill(~there, float('-inf'))
        constant = self.constant.expand(len(target), 1)
        alpha = torch.softmax(torch.cat([logits, constant], 1), 1)
        token = torch.zeros(len(target), 1, dtype=torch.long)
        pooled = self.rows(torch.cat([history, token], 1))
        users = torch.nn.functional.normalize(torch.bmm(alpha.unsqueeze(1), pooled).squeeze(1), dim=1)
        positive = torch.nn.functional.normalize(self.rows(target), dim=1)
        negative = torch.nn.functional.normalize(self.rows(sample), dim=1)
        correction = torch.log(torch.tensor(items / negatives))
        first = (users * positive).sum(1, keepdim=True) / TEMPERATURE + self.bias(target)
        others = users @ negative.T / TEMPERATURE + self.bias(sample).T + correction
        others = others.masked_fill(target.unsqueeze(1) == sample.unsqueeze(0), float('-inf'))
        return torch.nn.functional.cross_entropy(torch.cat([first, others], 1), torch.zeros(len(target), dtype=torch.long), reduction='sum')


def draw(items: int, batch: int, negatives: int):
    zipf = lambda *shape: (items ** torch.rand(*shape)).long().clamp(1, items)
    length = torch.randint(HISTORY // 2, HISTORY + 1, (batch, 1))
    there = torch.arange(HISTORY) < length
    return zipf(batch, HISTORY) * there, torch.randint(0, 8, (batch, HISTORY)), torch.zeros(batch, HISTORY, dtype=torch.long), there, zipf(batch), torch.randint(1, items + 1, (negatives,))


def measure(options, negatives: int) -> dict:
    torch.manual_seed(1)
    model = Model(options.items, options.dim)
    sparse = torch.optim.Adagrad([model.rows.weight, model.bias.weight], lr=0.1)
    dense = torch.optim.Adagrad([model.position, model.age, model.kind, model.constant], lr=0.02)
    batches = [draw(options.items, options.batch, negatives) for _ in range(PREPARED)]
    loss = 0.0

    def step(turn: int) -> None:
        nonlocal loss
        result = model(batches[turn % PREPARED], options.items, negatives)
        sparse.zero_grad()
        dense.zero_grad()
        result.backward()
        sparse.step()
        dense.step()
        loss = result.item() / options.batch

    turn = 0
    end = time.perf_counter() + min(1.0, options.seconds / 4)
    while time.perf_counter() < end:
        step(turn)
        turn += 1
    steps, started, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < started + options.seconds:
        step(turn + steps)
        steps += 1
    if not loss == loss:
        raise SystemExit('the loss is not a number')
    examples, seconds, cpu = steps * options.batch, time.perf_counter() - started, time.process_time() - used
    return {'examples_per_second': round(examples / seconds), 'cpu_us_per_example': round(1e6 * cpu / examples, 2), 'loss': round(loss, 3)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('--items', type=int, default=100_000)
    parser.add_argument('--dim', type=int, default=64)
    parser.add_argument('--negatives', default='256,1024')
    parser.add_argument('--batch', type=int, default=32)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    result = {str(k): measure(options, k) for k in map(int, options.negatives.split(','))}
    print(json.dumps({'torch': torch.__version__, 'threads': options.threads, 'batch': options.batch, 'negatives': result}))


main()
