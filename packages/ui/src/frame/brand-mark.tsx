import classes from './brand-mark.module.css';

/** The sign of JzSE: three regions that are one. */
export function BrandMark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg className={classes['mark']} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect className={classes['ground']} width="32" height="32" rx="8" />
      <path className={classes['link']} d="M16 9.5 8.8 21.5h14.4z" />
      <circle className={classes['region']} cx="16" cy="9.5" r="3.6" />
      <circle className={classes['region']} cx="8.8" cy="21.8" r="3.6" />
      <circle className={classes['region']} cx="23.2" cy="21.8" r="3.6" />
    </svg>
  );
}
