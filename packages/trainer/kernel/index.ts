/**
 * The learner's kernel. Every function works on the one shared memory that src/parameters/layout.ts lays out; each thread has
 * its own instance and its own lane of scratch.
 */
export { rank } from './rank';
export { significant } from './significant';
export { cosines, move, next, prepare, sampleGradients, stepSample, train, userGradients, weigh } from './step';
export { top } from './top';
