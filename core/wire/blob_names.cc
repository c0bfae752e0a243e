// A walk over value trees.
#include "wire/blob_names.h"

#include "base/hash.h"

namespace cairn::wire {

using model::Value;

void collect_blob_names(const Value& value, BlobNames& names) {
  if (const std::string* text = value.as_string()) {
    if (is_sha256_hex(*text)) names.insert(*text);
  } else if (const model::List* list = value.as_list()) {
    for (const Value& item : *list) collect_blob_names(item, names);
  } else if (const model::Object* object = value.as_object()) {
    for (const auto& [key, member] : *object) collect_blob_names(member, names);
  }
}

void collect_blob_names(const model::Event& event, BlobNames& names) {
  const auto collect = [&](const Value& value) { collect_blob_names(value, names); };
  if (const auto* e = std::get_if<model::RunBegan>(&event)) collect(e->about);
  if (const auto* e = std::get_if<model::ConfigChanged>(&event)) collect(e->change);
  if (const auto* e = std::get_if<model::SummaryChanged>(&event)) collect(e->change);
  if (const auto* e = std::get_if<model::CaptureAdded>(&event)) collect(e->facts);
  if (const auto* e = std::get_if<model::RecordLogged>(&event)) collect(e->record);
  if (const auto* e = std::get_if<model::ArtifactLogged>(&event)) collect(e->artifact);
}

}  // namespace cairn::wire
