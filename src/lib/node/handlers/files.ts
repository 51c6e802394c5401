import type { Handlers } from '../../rpc/handlers.js';
import type { Context } from '../context.js';
import type { Files } from '../files.js';

type FileHandlers = Pick<
  Handlers,
  'file.put' | 'file.get' | 'file.check' | 'file.repair' | 'file.adopt' | 'file.ls' | 'file.forget'
>;

export function fileHandlers(context: Context, files: Files): FileHandlers {
  return {
    'file.put': async (params, body) => {
      const record = await files.put(params, body);
      context.changes.tell({ kind: 'books' });
      return record;
    },
    'file.get': (params) => files.get(params),
    'file.check': (params) => files.check(params),
    'file.repair': (params) => files.repair(params),
    'file.adopt': (params, body) => files.adopt(params, body),
    'file.ls': ({ caps }) => files.list(caps),
    'file.forget': ({ file }) => files.forget(file),
  };
}
