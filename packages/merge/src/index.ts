export { chooseMergeRule } from './choose-merge-rule.ts';
