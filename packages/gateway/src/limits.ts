/** What the front door allows. Names carry the unit. */
export const gatewayLimits = {
  /** Of one request's line and headers; a tRPC query carries its input in the line. */
  headerBytesMax: 64 * 1024,
  /** How long a caller may take to send its headers. Bodies have no limit in time: a slow upload is a good upload. */
  headersTimeoutMs: 20_000,
  /** How long a caller may take to agree on keys, over TLS. */
  handshakeTimeoutMs: 10_000,
  /** How often it is looked for connections whose headers are overdue. */
  headersCheckEveryMs: 2_000,
  /** An idle connection is kept this long for the next request. */
  keepAliveTimeoutMs: 72_000,
  /** A peer that is gone without a word is found by TCP after this much silence. */
  tcpKeepAliveMs: 30_000,
  /** Of one parameter in a path: the procedures of a tRPC batch are one. */
  parameterCharactersMax: 16 * 1024,
  /** Of a JSON body where the app says nothing else. */
  bodyBytesMax: 1024 * 1024,
  sessionBodyBytesMax: 4 * 1024,
  /** Of one tRPC request, batches included. */
  trpcBodyBytesMax: 64 * 1024 * 1024,
  trpcCallsPerBatchMax: 100,
  /** Of the same by callers who do not say who they are. */
  strangerBodyBytesMax: 64 * 1024,
  /** Requests in flight get this long to end when the server closes. */
  drainMs: 5_000,
} as const;
