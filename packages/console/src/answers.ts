/** What the REST API answers, as far as the page reads it (docs/API.md, /openapi.json). */

export interface ItemFields {
  readonly title?: string;
  readonly brand?: string;
  readonly categories?: readonly string[];
  readonly price?: number;
  readonly image_url?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface Reason {
  readonly kind: string;
  readonly item_id?: string;
  readonly contribution: number;
  /** As a sentence, in the language asked for. */
  readonly text?: string;
}

export interface ListedItem {
  readonly id: string;
  readonly score: number;
  readonly reasons?: readonly Reason[];
  readonly fields?: ItemFields;
}

/** Why an item is in a list, or why not. */
export interface ExplanationAnswer {
  readonly item_id: string;
  readonly text: string;
  /** In the list as it would be made now. */
  readonly place?: number;
  readonly score?: number;
  readonly rank?: number;
  readonly reasons: readonly Reason[];
  readonly without: readonly { readonly text: string }[];
  readonly model_version: number;
}

export interface ListAnswer {
  readonly recommendation_id: string;
  readonly items: readonly ListedItem[];
  readonly model_version: number;
  readonly history_seq: number;
  readonly fallback: string;
  readonly took_ms: number;
}

export interface ItemsAnswer {
  readonly items: readonly (ItemFields & { readonly id: string })[];
}

export interface HistoryAnswer {
  readonly history_seq: number;
  readonly events: readonly PastEvent[];
}

export interface PastEvent {
  readonly type: string;
  readonly item_id: string;
  readonly timestamp: string;
}

export interface Latest {
  readonly version: number;
  readonly learned_until: number;
  readonly history_seq: number;
  readonly items: number;
  /** Events folded since the process began. */
  readonly events?: number;
}

export interface ModelsAnswer {
  readonly serving: Latest;
  readonly versions: readonly Version[];
}

/** One version of the model and when its oldest entry passed each stage. */
export interface Version {
  readonly version: number;
  readonly received_at?: string;
  readonly taken_at?: string;
  readonly trained_at?: string;
  readonly committed_at?: string;
  readonly applied_at?: string;
}

export interface QualityAnswer {
  readonly windows: readonly QualityWindow[];
}

export interface QualityWindow {
  readonly from_seq: number;
  readonly from: string;
  readonly to: string;
  readonly tested: number;
  readonly hit_ratio_10: number;
  readonly floors: { readonly popularity: { readonly hit_ratio_10: number }; readonly follow: { readonly hit_ratio_10: number } };
}

export interface EventsAnswer {
  readonly accepted: number;
  readonly sequence?: number;
  readonly items: readonly { readonly status: string; readonly problem?: { readonly detail?: string } }[];
}

export interface DemoAnswer {
  readonly shoppers: readonly DemoShopper[];
  readonly trend?: DemoTrend;
}

export interface DemoShopper {
  readonly id: string;
  readonly likes?: readonly string[];
  readonly likes_zh?: readonly string[];
}

export interface DemoTrend {
  readonly category: string;
  readonly category_zh?: string;
  readonly collection: string;
  readonly collection_zh?: string;
  readonly until: string;
}
