import { InvalidPath } from '@jzse/sync';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ErrorCode, errorCodes, JzseError } from '../src/index.ts';
import { toTrpcError, toWireError } from '../src/trpc-errors.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];
const wrapped = (cause: unknown): TRPCError => new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'raw', cause });

describe('the table of error codes', () => {
  test.each(codes)('%s has a name, an HTTP status, a tRPC code and a level that exist', (code) => {
    const { http, trpc, retryable, level } = errorCodes[code];
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(http).toBeGreaterThanOrEqual(400);
    expect(http).toBeLessThan(600);
    expect(Object.keys(TRPC_ERROR_CODES_BY_KEY)).toContain(trpc);
    expect(typeof retryable).toBe('boolean');
    expect(['debug', 'info', 'warn', 'error']).toContain(level);
  });

  test('a fault of the caller is never logged as ours, and one of ours always is', () => {
    expect(codes.filter((code) => errorCodes[code].http < 500 && (errorCodes[code].level as string) === 'error')).toEqual([]);
    expect(errorCodes.internal.level).toBe('error');
  });

  test('client and server errors stay on their side in tRPC', () => {
    const statusOf = (trpc: string) => getHTTPStatusCodeFromError(new TRPCError({ code: trpc as 'NOT_FOUND' }));
    expect(codes.filter((code) => errorCodes[code].http < 500 !== statusOf(errorCodes[code].trpc) < 500)).toEqual([]);
  });
});

describe('errors over tRPC', () => {
  test.each(codes)('%s keeps its code, message and detail', (code) => {
    const error = toTrpcError(wrapped(new JzseError(code, 'say what to do', { detail: { space: 'demo' } })));
    expect(error).toMatchObject({ code: errorCodes[code].trpc, message: 'say what to do' });
    expect(toWireError(error)).toEqual({ code, retryable: errorCodes[code].retryable, detail: { space: 'demo' } });
  });

  test('what a schema refuses is told as a sentence, with the place of each of the first issues', () => {
    const schema = z.object({ space: z.string(), files: z.array(z.object({ path: z.string().max(3) })) });
    const { error: cause } = schema.safeParse({ space: 1, files: [{ path: 'long' }, {}, {}, {}] });
    const error = toTrpcError(new TRPCError({ code: 'BAD_REQUEST', message: '[{ "code": … }]', cause }));
    expect(error.message).toMatch(/^the input is not what this call takes: space: .+; files\.0\.path: .+; files\.1\.path: .+; and 2 more$/);
    expect(toWireError(error)).toEqual({ code: 'invalid-input', retryable: false, detail: {} });
  });

  test('a name that the core refuses is an invalid name', () => {
    const error = toTrpcError(wrapped(new InvalidPath('a name must not be empty')));
    expect(error).toMatchObject({ code: 'BAD_REQUEST', message: 'a name must not be empty' });
    expect(toWireError(error).code).toBe('invalid-name');
  });

  test.each([
    ['BAD_REQUEST', 'invalid-input'],
    ['NOT_FOUND', 'invalid-input'],
    ['UNAUTHORIZED', 'unauthenticated'],
    ['INTERNAL_SERVER_ERROR', 'internal'],
  ] as const)('what tRPC itself refuses with %s is %s', (trpc, code) => {
    expect(toWireError(toTrpcError(new TRPCError({ code: trpc, message: 'no' }))).code).toBe(code);
  });

  test('a bug says nothing about itself to callers, and everything to the log', () => {
    const bug = new Error('password is hunter2');
    const error = toTrpcError(wrapped(bug));
    expect(error.message).not.toContain('hunter2');
    expect(error.cause).toBe(bug);
    expect(toWireError(error)).toEqual({ code: 'internal', retryable: true, detail: {} });
  });
});
