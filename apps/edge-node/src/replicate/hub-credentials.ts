/** How this region proves itself to the hub. */
export interface HubCredentials {
  /** For the next request. */
  proof(): Promise<string>;
  /** The hub does not know this region (any more). True: it does now, and what was refused can be tried again. */
  onUnknown(): Promise<boolean>;
  /** With every answer; NaN where it did not say. */
  onHubTime(hubMs: number): void;
}
