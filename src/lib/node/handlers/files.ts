import type { Handlers } from '../../rpc/handlers.js';
import type { Context } from '../context.js';
import type { Files } from '../files.js';

type FileHandlers = Pick<Handlers, 'file.put' | 'file.get' | 'file.check' | 'file.ls' | 'file.forget'>;

export function fileHandlers(context: Context, files: Files): FileHandlers {
  return {
    'file.put': async (params, body) => {
      const record = await files.put(params, body);
      context.changes.tell({ kind: 'books' });
      return record;
    },
    'file.get': ({ cap }) => files.get(cap),
    'file.check': ({ cap }) => files.check(cap),
    'file.ls': ({ caps }) => files.list(caps),
    'file.forget': ({ file }) => files.forget(file),
  };
}
