/** Of a share link, below the address of any edge that has the space. */
export const linkAddress = (id: string, secret: string): string => `/l/${id}/${secret}`;
