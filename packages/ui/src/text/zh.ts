import type { uiTextsEn } from './en.ts';
import { errorTextsZh } from './errors-zh.ts';
import type { TranslationOf } from './use-text.ts';

type Rows = TranslationOf<typeof uiTextsEn>;
type ErrorRows = { readonly [Key in keyof Rows as Key extends `error.${string}` ? Key : never]: string };

const rows: Omit<Rows, keyof ErrorRows> = {
  'language.title': '语言',
  'language.auto': '跟随浏览器',
  'scheme.title': '外观',
  'scheme.auto': '跟随系统',
  'scheme.light': '浅色',
  'scheme.dark': '深色',
  'frame.skip': '跳到正文',
  'state.retry': '重试',
  'state.details': '详细信息',
  'state.loading': '正在加载',
  'connection.connecting': '正在连接',
  'connection.live': '实时',
  'connection.reconnecting': '正在重连',
  'connection.offline': '离线',
  'badge.held': '本地持有',
  'badge.heldHint': '本区域持有它的全部内容',
  'badge.demand': '按需取回',
  'badge.demandHint': '打开时从其他区域取回',
  'badge.unconfirmed': '待确认',
  'badge.unconfirmedHint': '已安全存于本区域，中枢尚未排序',
  'badge.conflict_other': '{{count}} 个版本',
  'badge.conflictHint': '多处同时修改过。显示最新的一个，其余保留在历史中',
  'path.label': '路径',
  'path.more': '中间的文件夹',
  'table.label': '{{folder}} 中的文件',
  'table.name': '名称',
  'table.size': '大小',
  'table.modified': '修改时间',
  'table.where': '存放',
  'table.folder': '文件夹',
  'table.file': '文件',
  'table.actions': '对 {{name}} 的操作',
  'table.select': '选择 {{name}}',
  'table.selectAll': '全选',
  'shortcuts.title': '键盘快捷键',
  'time.now': '刚刚',
};

export const uiTextsZh: Rows = { ...rows, ...prefixed(errorTextsZh) };

function prefixed(texts: typeof errorTextsZh): ErrorRows {
  return Object.fromEntries(Object.entries(texts).map(([code, text]) => [`error.${code}`, text])) as unknown as ErrorRows;
}
