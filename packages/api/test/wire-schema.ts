import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { edgeRouter } from '../src/edge/index.ts';
import { errorCodes } from '../src/error-code.ts';
import { hubRouter } from '../src/hub/index.ts';

/** The parts of a tRPC procedure that say what it takes. */
interface ProcedureDefinition {
  readonly type: string;
  readonly inputs: readonly z.ZodType[];
}

/** Text that changes exactly when what goes over the wire does: names, kinds and inputs of procedures, answers, error codes. */
export function describeWire(): string {
  const routers = { edge: edgeRouter, hub: hubRouter };
  const procedures = Object.entries(routers).flatMap(([router, { _def }]) =>
    Object.entries(_def.procedures as Record<string, unknown>).map(([name, procedure]) => {
      const { type, inputs } = (procedure as { readonly _def: ProcedureDefinition })._def;
      return [`${router}.${name}`, type, ...inputs.map((input) => z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }))] as const;
    }),
  );
  procedures.sort(([left], [right]) => (left < right ? -1 : 1));
  const answers = ['../src/edge/services.ts', '../src/hub/services.ts', '../../sync/src/operation.ts', '../../sync/src/entry.ts'].map(
    declarations,
  );
  // How loudly we log a code is nobody else's business.
  const codes = Object.entries(errorCodes).map(([code, { http, trpc, retryable }]) => [code, http, trpc, retryable]);
  return JSON.stringify({ procedures, answers, codes });
}

export const wireDigest = (): string => createHash('sha256').update(describeWire()).digest('hex').slice(0, 16);

/** Interfaces as they are written, apart from comments, imports and spacing. */
function declarations(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/^import [\s\S]*?;$/gm, '')
    .replace(/\s+/g, '');
}
