/** The options of `freshet evaluate` as the command line has them: texts, nothing checked. */
export interface EvaluateFlags {
  readonly train?: string;
  readonly dev?: string;
  readonly test?: string;
  readonly validation?: boolean;
  readonly preset?: string;
  readonly protocol?: string;
  readonly columns?: string;
  readonly type?: string;
  readonly relations?: string;
  readonly relationColumns?: string;
  readonly relationFollowers?: string;
  readonly relationWeight?: string;
  readonly candidates?: string;
  readonly epochs?: string;
  readonly order?: string;
  readonly maxExamples?: string;
  readonly dim?: string;
  readonly negatives?: string;
  readonly temperature?: string;
  readonly rate?: string;
  readonly batch?: string;
  readonly historyDropout?: string;
  readonly popularNegatives?: string;
  readonly rivals?: string;
  readonly sharpnessRate?: string;
  readonly followWeight?: string;
  readonly engine?: string;
  readonly threads?: string;
  readonly seed?: string;
}
