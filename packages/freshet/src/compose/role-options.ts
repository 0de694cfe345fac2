/** The settings as each service takes them. Pure. */
import { type IngestConfig, resolveIngestConfig } from '@freshet/ingest/config';
import { type ResolvedServingOptions, resolveServingOptions } from '@freshet/serving/config';
import { type BudgetPolicy, type InitFrom, type ResolvedTrainerOptions, resolveTrainerOptions } from '@freshet/trainer/config';
import type { RefitPolicy } from '@freshet/trainer/refit/triggers';
import { hyperparametersOf } from '../cli/model-settings.js';
import type { Settings } from '../cli/settings.js';

export function ingestConfig(settings: Settings): IngestConfig {
  const { logRetentionDays, logMaxMb, sessionDays, shopperDays, unappliedItems, queueRate, queueDepth, eventTypes } = settings;
  return resolveIngestConfig({ logRetentionDays, logMaxMb, sessionDays, shopperDays, unappliedItems, queueRate, queueDepth, customTypes: eventTypes });
}

export function trainerOptions(settings: Settings): ResolvedTrainerOptions {
  const { threads, engine, maxItems, maxWords, publish, activeUsers, shopperDays, eventTypes } = settings;
  return resolveTrainerOptions({
    model: hyperparametersOf(settings), threads, engine, maxItems, maxWords, publish, activeUsers, raterDays: shopperDays, customTypes: eventTypes,
    initFrom: initFrom(settings), refit: refitPolicy(settings), leastOverlap: settings.refitOverlap / 100, budget: budgetPolicy(settings),
  });
}

export function servingOptions(settings: Settings): ResolvedServingOptions {
  const { maxItems, maxWords, activeUsers, eventTypes, retrieval, synonyms, searchWeights, recommendationLogSample, recommendationLogDays, recommendationLogLists } = settings;
  const { options: refit } = refitPolicy(settings);
  const recommendationLog = { recommendationLogSample, recommendationLogDays, recommendationLogLists };
  return resolveServingOptions({ model: hyperparametersOf(settings), maxItems, maxWords, activeUsers, customTypes: eventTypes, retrieval, synonyms, searchWeights, refit, ...recommendationLog });
}

function refitPolicy({ updateStrategy: strategy, refitEpochs: epochs, refitGate: gate, refitHours: everyHours, refitGrowth: growth }: Settings): RefitPolicy {
  return { strategy, options: { epochs, gate }, everyHours, growth: growth / 100 };
}

function budgetPolicy({ budget, budgetReplay: replay, budgetNegatives: negatives }: Settings): BudgetPolicy {
  return budget === 'fixed' ? 'fixed' : { replay, negatives };
}

function initFrom({ initFrom: path, initShop: shop, initExperience: experience }: Settings): InitFrom | undefined {
  return path === undefined ? undefined : { path, shop, experience };
}
