import { Button, Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/api/model';
import { toastSuccess } from '@/ui/toast';
import { asCommand, asCurl, definitionOf, jobYaml } from './copyAs';

export function CopyAs({ job }: { job: Job }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  const copy = (text: string) => {
    clipboard.copy(text);
    toastSuccess(t('action.copied'));
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" leftSection={<IconCopy size={14} />}>
          {t('copyAs.title')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => copy(asCurl(job, window.location.origin))}>{t('copyAs.curl')}</Menu.Item>
        <Menu.Item onClick={() => copy(asCommand(job))}>{t('copyAs.command')}</Menu.Item>
        <Menu.Item onClick={() => copy(jobYaml(job))}>{t('copyAs.yaml')}</Menu.Item>
        <Menu.Item onClick={() => copy(JSON.stringify(definitionOf(job), null, 2))}>{t('copyAs.json')}</Menu.Item>
        <Menu.Item onClick={() => copy(window.location.href)}>{t('copyAs.link')}</Menu.Item>
        <Menu.Item onClick={() => copy(String(job.id))}>{t('copyAs.number')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
