import type { UploadRow } from '@jzse/db/region';
import type { Author, RegionId } from '@jzse/sync';

/** Whoever made the upload, also if somebody else's request, or nobody's, ends it. */
export const authorOfUpload = ({ author }: Pick<UploadRow, 'author'>, region: RegionId): Author => author ?? firstAuthor(region);

/** Uploads from before there were accounts belong to the first admin. */
const firstAuthor = (region: RegionId): Author => ({ user: 'owner', device: 'token', region });
