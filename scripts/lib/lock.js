/**
 * A lock between processes: a file that exists while its owner works.
 *
 * 1. At most one process of this machine is inside `work`.
 * 2. A lock whose owner died (its pid is gone, or its heartbeat stopped) is taken over, by one of those who wait.
 * 3. Waiting is limited: after `waitMs` the caller gets an error that names the file.
 */
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const heartbeatMs = 1_000;
/** Thirty heartbeats: a machine so busy that a timer is 30 s late is rarer than a pid used again after a crash. */
const deadAfterMs = 30_000;
const pollMs = 50;
const waitMs = 300_000;

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  await acquire(file);
  const heartbeat = setInterval(() => beat(file), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function beat(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch (error) {
    // Somebody deleted the lock by hand: they know better.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** @param {string} file */
async function acquire(file) {
  const deadline = Date.now() + waitMs;
  while (!tryCreate(file)) {
    removeIfDead(file);
    if (Date.now() > deadline) throw new Error(`Another process has held ${file} for ${waitMs / 60_000} minutes; if none is building, delete it.`);
    await delay(pollMs);
  }
}

/** @param {string} file */
function tryCreate(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Moves a dead owner's lock away. Between looking and moving a faster one may have taken over: then its lock is put back.
 * @param {string} file
 */
function removeIfDead(file) {
  const grave = `${file}.${process.pid}`;
  try {
    const owner = readFileSync(file, 'utf8');
    if (isAlive(owner) && Date.now() - statSync(file).mtimeMs < deadAfterMs) return;
    renameSync(file, grave);
    if (readFileSync(grave, 'utf8') !== owner) linkSync(grave, file);
    rmSync(grave, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  }
}

/** @param {string} owner */
function isAlive(owner) {
  // Empty: created a moment ago, its pid isn't written yet.
  if (owner === '') return true;
  try {
    process.kill(Number(owner), 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
