/** A share that is corrupt, cut short, of another file, or unreadable. The message says which, for the operator. */
export class ShareFault extends Error {}
