// SeriesStats and axis facts ↔ bytes, shared by packs and the index.
#pragma once

#include "base/bytes.h"
#include "model/series.h"
#include "store/run_record.h"
#include "store/store.h"

namespace cairn::store {

void put_stats(ByteWriter& out, const model::SeriesStats& stats);
model::SeriesStats get_stats(ByteReader& in);

void put_axis_facts(ByteWriter& out, const Piece& axis);
Piece get_axis_facts(ByteReader& in);

void put_steps(ByteWriter& out, const StepsBySession& steps);
StepsBySession get_steps(ByteReader& in);

}  // namespace cairn::store
