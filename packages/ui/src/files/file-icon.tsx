import type { Icon } from '@tabler/icons-react';
import {
  IconFile,
  IconFileCode,
  IconFileMusic,
  IconFileSpreadsheet,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconFolderFilled,
  IconMovie,
  IconPhoto,
  IconPresentation,
} from '@tabler/icons-react';
import classes from './file-icon.module.css';

type Look = 'folder' | 'image' | 'video' | 'audio' | 'pdf' | 'archive' | 'sheet' | 'slides' | 'text' | 'code' | 'other';

const icons: Record<Look, Icon> = {
  folder: IconFolderFilled,
  image: IconPhoto,
  video: IconMovie,
  audio: IconFileMusic,
  pdf: IconFileTypePdf,
  archive: IconFileZip,
  sheet: IconFileSpreadsheet,
  slides: IconPresentation,
  text: IconFileText,
  code: IconFileCode,
  other: IconFile,
};

const extensions: Partial<Record<Look, string>> = {
  image: 'png jpg jpeg gif webp avif svg heic tif tiff bmp psd raw',
  video: 'mp4 mov mkv avi webm m4v',
  audio: 'mp3 wav flac m4a ogg aac',
  pdf: 'pdf',
  archive: 'zip gz tgz xz zst 7z rar tar bz2 iso dmg',
  sheet: 'xls xlsx csv tsv ods numbers',
  slides: 'ppt pptx odp key',
  text: 'txt md doc docx odt rtf pages log',
  code: 'ts tsx js jsx json yaml yml toml py go rs c h cpp java sh sql html css xml',
};
const looks = new Map(
  Object.entries(extensions).flatMap(([look, names]) => names.split(' ').map((extension) => [extension, look as Look] as const)),
);

export interface FileIconProps {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly size?: number;
}

/** A sign for the kind of content, guessed from the name; for the eye only, hidden from screen readers. */
export function FileIcon({ kind, name, size = 22 }: FileIconProps) {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const look = kind === 'folder' ? 'folder' : (looks.get(extension) ?? 'other');
  const Sign = icons[look];
  return <Sign className={classes['icon']} data-look={look} size={size} stroke={1.6} aria-hidden />;
}
