import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, chosenLanguage } from '../text/language.ts';
import { useUiText } from '../text/ui-text.ts';

const schemes = [
  { scheme: 'auto', Icon: IconDeviceDesktop },
  { scheme: 'light', Icon: IconSun },
  { scheme: 'dark', Icon: IconMoon },
] as const;
const languageNames = [
  { language: 'zh', name: '中文' },
  { language: 'en', name: 'English' },
] as const;
const tick = <IconCheck size={16} aria-hidden />;

/** Light or dark: as the system says, or as the person says. */
export function ColorSchemeMenu() {
  const { say } = useUiText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = schemes.find((row) => row.scheme === colorScheme)?.Icon ?? IconDeviceDesktop;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={say('scheme.title')} title={say('scheme.title')}>
          <Icon size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map((row) => (
          <Menu.Item
            key={row.scheme}
            leftSection={<row.Icon size={16} />}
            rightSection={row.scheme === colorScheme ? tick : null}
            onClick={() => setColorScheme(row.scheme)}
          >
            {say(`scheme.${row.scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The language: the browser's, or the one that the person chose. */
export function LanguageMenu() {
  const { say } = useUiText();
  const { i18n } = useTranslation();
  const [chosen, setChosen] = useState(chosenLanguage);
  const choose = (language: 'zh' | 'en' | null) => {
    chooseLanguage(language);
    setChosen(language);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={say('language.title')} title={say('language.title')}>
          <IconLanguage size={19} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item rightSection={chosen === null ? tick : null} onClick={() => choose(null)}>
          {say('language.auto')}
        </Menu.Item>
        {languageNames.map(({ language, name }) => (
          <Menu.Item
            key={language}
            lang={language}
            aria-current={i18n.language === language}
            rightSection={chosen === language ? tick : null}
            onClick={() => choose(language)}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
