// Anova: how much of what forests predict varies with each column, alone and together.
//
// Functional analysis of variance over the boxes of the trees (Hutter, Hoos and Leyton-Brown 2014).
// It is taken of the forests' sum itself, not tree by tree: a tree's own noise is then no effect,
// and stages (fit_stages) give back what one forest flattens. On a lattice of places every effect
// is linear in the boxes, so that all trees go into one difference array per column or pair, and
// one running sum makes the effect of them all.
#pragma once

#include <span>
#include <vector>

#include "surrogate/forest.h"
#include "surrogate/matrix.h"

namespace cairn::surrogate {

// The places of one column over which effects are averaged, and their shares. A category, an
// ordinal level and one of few integers are a place each, with equal shares; other numbers have
// `places` in the middle of intervals of equal width. Where the column had missing values, NaN
// comes last with the share they had.
struct Lattice {
  std::vector<double> places, shares;
};

// The lattice of every column, as the two functions below have it.
std::vector<Lattice> lattices_of(std::span<const Forest> stages, size_t places);

struct AnovaOptions {
  bool with_pairs = true;
  size_t places = 64;    // of a numeric column
  size_t points = 4096;  // a Latin hypercube over the lattice, for the variance of the whole
};

// Effects are exact on the lattice; the variance of the whole is an estimate (about 2 %), so that
// shares may sum to a little more than 1. A share is no confidence interval: refit on resampled
// rows for one, and on permuted targets for what columns without effect get.
struct Anova {
  double mean = 0, variance = 0;  // of the prediction, in the targets' units
  std::vector<Lattice> lattices;  // by column
  // What a place adds to the mean when all other columns vary.
  std::vector<std::vector<double>> effects;
  std::vector<double> first_order;  // by column: the share of the variance of its own effect
  Matrix pairs;                     // what a pair does beyond its columns' own; symmetric
  std::vector<double> total;        // first order and pairs with all others
  double higher = 0;                // what neither columns nor pairs explain; NaN without pairs
};

// `stages` are summed and have the same columns; one forest is a span of one. All shares are 0
// where the prediction is constant.
Anova analyse(std::span<const Forest> stages, const AnovaOptions& options = {});

// The effect of two columns together, their own included: rows are places of `a`, columns of `b`.
Matrix joint_effect(std::span<const Forest> stages, size_t a, size_t b,
                    const AnovaOptions& options = {});

}  // namespace cairn::surrogate
