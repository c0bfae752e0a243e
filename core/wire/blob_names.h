// The blobs that a run refers to: whatever a record looks like, what it names is kept and sent.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "model/event.h"

namespace cairn::wire {

using BlobNames = std::set<std::string, std::less<>>;  // 64 hex digits each

// Adds every string of a value that is a content hash.
void collect_blob_names(const model::Value& value, BlobNames& names);
void collect_blob_names(const model::Event& event, BlobNames& names);

}  // namespace cairn::wire
