export type { GatewayOptions } from './create-gateway.ts';
export { createGateway } from './create-gateway.ts';
export { endOnClose } from './drain.ts';
export { gatewayLimits } from './limits.ts';
export type { TrpcMount } from './mount-trpc.ts';
export { mountTrpc } from './mount-trpc.ts';
export type { Problem } from './problem.ts';
export { problemMediaType, sendProblem, toProblem } from './problem.ts';
