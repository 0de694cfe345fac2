/**
 * Liveness ("restart me if this fails") and readiness ("send me traffic") from registered checks.
 * A check that throws or takes longer than a second has failed. `?verbose` lists every check.
 */
import { Type } from 'typebox';
import { toError } from '../errors.js';
import { withDeadline } from '../lifecycle.js';
import type { HttpReply, Route } from './route.js';

const CHECK_DEADLINE_MS = 1_000;

export interface CheckResult {
  readonly ok: boolean;
  /** Shown with `?verbose`; no secrets. */
  readonly detail?: string;
}
export type HealthCheck = () => CheckResult | Promise<CheckResult>;

export interface HealthChecks {
  /** The result removes the check. */
  addLiveness(name: string, check: HealthCheck): () => void;
  addReadiness(name: string, check: HealthCheck): () => void;
}

export interface Health extends HealthChecks {
  readonly routes: readonly Route[];
}

export function createHealth(): Health {
  const liveness = new Map<string, HealthCheck>();
  const readiness = new Map<string, HealthCheck>();
  return {
    addLiveness: (name, check) => add(liveness, name, check),
    addReadiness: (name, check) => add(readiness, name, check),
    routes: [
      healthRoute({ path: '/livez', operationId: 'getLiveness', summary: 'Is the process alive?' }, liveness),
      healthRoute({ path: '/readyz', operationId: 'getReadiness', summary: 'Can the process take traffic?' }, readiness),
    ],
  };
}

function add(checks: Map<string, HealthCheck>, name: string, check: HealthCheck): () => void {
  checks.set(name, check);
  return () => {
    if (checks.get(name) === check) checks.delete(name);
  };
}

const HealthBody = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('failing')]),
  checks: Type.Optional(Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.Optional(Type.String()) }))),
});

function healthRoute(naming: Pick<Route, 'path' | 'operationId' | 'summary'>, checks: ReadonlyMap<string, HealthCheck>): Route {
  return {
    ...naming,
    method: 'GET',
    tags: ['operations'],
    query: Type.Object({ verbose: Type.Optional(Type.String()) }),
    responses: { 200: HealthBody, 503: HealthBody },
    example: {},
    handler: async ({ query }): Promise<HttpReply> => {
      const results = await Promise.all([...checks].map(async ([name, check]) => ({ name, ...(await run(name, check)) })));
      const ok = results.every((result) => result.ok);
      const verbose = (query as { verbose?: string }).verbose !== undefined;
      return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'failing', ...(verbose ? { checks: results } : {}) } };
    },
  };
}

async function run(name: string, check: HealthCheck): Promise<CheckResult> {
  try {
    return await withDeadline(Promise.resolve().then(check), CHECK_DEADLINE_MS, name);
  } catch (thrown) {
    return { ok: false, detail: toError(thrown).message };
  }
}
