// Tries an expression on the device: whether it holds there, part by part, with the values that were read.
import { Box, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useText } from '../../../app/text.ts';
import { findFault } from '../../../parts/expression/check.ts';
import { ExpressionField } from '../../../parts/expression/ExpressionField.tsx';
import { Problem } from '../../../parts/Problem.tsx';
import { useExplanation } from '../../groups/data.ts';
import { Explain } from '../../groups/Explain.tsx';
import type { Device } from '../types.ts';
import { text } from './text.ts';

const WAIT_MS = 300;

export function Try({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [expression, setExpression] = useState('');
  const [typed] = useDebouncedValue(expression.trim(), WAIT_MS);
  const right = typed === '' || findFault(typed) !== null ? null : typed;
  const explanation = useExplanation(device.id, right);
  return (
    <Box component="section" aria-label={say('try')} maw={640}>
      <Title order={2} fz="md" mb={6}>
        {say('try')}
      </Title>
      <ExpressionField
        label={say('tryField')}
        description={say('tryHelp')}
        value={expression}
        onChange={setExpression}
        onSubmit={setExpression}
      />
      <Box mt="xs" aria-live="polite">
        {explanation.data !== undefined && <Explain explanation={explanation.data} />}
        {explanation.isError && <Problem error={explanation.error} />}
      </Box>
    </Box>
  );
}
