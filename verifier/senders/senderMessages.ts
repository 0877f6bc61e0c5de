/** Raw transactions, whose senders are wanted. */
export interface SendersWanted {
  id: number;
  raws: Uint8Array[];
}

/** One for each raw transaction, 20 bytes; undefined for what is none, which whoever decodes it finds again. */
export interface SendersFound {
  id: number;
  senders: (Uint8Array | undefined)[];
}
