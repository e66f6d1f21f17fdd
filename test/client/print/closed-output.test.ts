import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { tolerateClosedOutput } from '../../../src/client/print/closed-output.js';

const failing = (code: string) => Object.assign(new Error(code), { code });

it('ends when nobody reads the data any more, and goes on when nobody reads the talk', () => {
  const [stdout, stderr] = [new EventEmitter(), new EventEmitter()];
  const exit = vi.fn();
  tolerateClosedOutput({ stdout, stderr, exit });
  stderr.emit('error', failing('EPIPE'));
  stderr.emit('error', failing('EIO'));
  expect(exit).not.toHaveBeenCalled();
  expect(() => stdout.emit('error', failing('ENOSPC'))).toThrow('ENOSPC');
  stdout.emit('error', failing('EPIPE'));
  expect(exit).toHaveBeenCalledOnce();
});
