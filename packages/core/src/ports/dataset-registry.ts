// Which datasets hold rows of which conversations: what an erasure must name, as files and pushed revisions are out of its reach.

export interface RegisteredDataset {
  /** What a person finds it by: the absolute path of a folder, or `owner/name` on the Hub. */
  readonly dataset: string;
  /** Whose rows it holds. A fork counts for the conversations it begins from as well: its rows show their events. */
  readonly conversations: readonly string[];
  /**
   * Earlier revisions stay readable, as on the Hub: what they held is kept. Otherwise the dataset holds these conversations and
   * no others from now on.
   */
  readonly keepsFormer?: boolean;
}

export interface DatasetRegistry {
  /** To be called before the first row is written: a build that is cut short has registered too much, never too little. */
  register(dataset: RegisteredDataset): Promise<void>;
  /** The names of the datasets that hold rows of any of these conversations, sorted. */
  holding(conversationIds: readonly string[]): Promise<readonly string[]>;
}
