import { ActionIcon, Menu } from '@mantine/core';
import { IconChevronRight, IconDots } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import { Fragment } from 'react';
import { useUiText } from '../text/ui-text.ts';
import classes from './path-breadcrumbs.module.css';

export interface Crumb {
  readonly label: string;
  readonly href: string;
}
export interface PathBreadcrumbsProps {
  readonly crumbs: readonly Crumb[];
  readonly onOpen: (href: string) => void;
  /** How many are shown; those in the middle go into a menu. */
  readonly shownMax: number;
}

/** Where one is, from the space down; every part but the last leads there. */
export function PathBreadcrumbs({ crumbs, onOpen, shownMax }: PathBreadcrumbsProps) {
  const { say } = useUiText();
  const hidden = crumbs.length > shownMax ? crumbs.slice(1, crumbs.length - shownMax + 1) : [];
  const shown = hidden.length === 0 ? crumbs : [...crumbs.slice(0, 1), ...crumbs.slice(crumbs.length - shownMax + 1)];
  const open = (event: MouseEvent, href: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(href);
  };
  return (
    <nav aria-label={say('path.label')} className={classes['path']}>
      <ol className={classes['list']}>
        {shown.map((crumb, at) => (
          <Fragment key={crumb.href}>
            <li className={classes['item']}>
              {at > 0 && <IconChevronRight className={classes['separator']} size={15} aria-hidden />}
              {at === shown.length - 1 ? (
                <span className={classes['here']} aria-current="page" title={crumb.label}>
                  {crumb.label}
                </span>
              ) : (
                <a className={classes['link']} href={crumb.href} title={crumb.label} onClick={(event) => open(event, crumb.href)}>
                  {crumb.label}
                </a>
              )}
            </li>
            {at === 0 && hidden.length > 0 && (
              <li className={classes['item']}>
                <IconChevronRight className={classes['separator']} size={15} aria-hidden />
                <Menu>
                  <Menu.Target>
                    <ActionIcon variant="subtle" color="gray" aria-label={say('path.more')}>
                      <IconDots size={16} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {hidden.map(({ label, href }) => (
                      <Menu.Item key={href} onClick={() => onOpen(href)}>
                        {label}
                      </Menu.Item>
                    ))}
                  </Menu.Dropdown>
                </Menu>
              </li>
            )}
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
