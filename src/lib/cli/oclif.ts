// Of oclif what commands need, by its parts: its index also loads the runner and the help, and looks
// at Node's version, all before a command starts.
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export * as Flags from '@oclif/core/flags';
