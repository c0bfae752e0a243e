// Limits of the relay. What goes beyond them still passes, but is no longer looked at.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cairn::relay {

constexpr size_t kPieceBytes = 64 << 10;    // read at once, and held for a slow receiver
constexpr size_t kHeadBytesMax = 64 << 10;  // of a message that is watched
constexpr size_t kPipelinedMax = 1000;      // requests of a connection without an answer
constexpr uint64_t kReadBytesMax = uint64_t{64} << 20;  // of an answer, in search of its tokens
constexpr size_t kPathBytesMax = 1024;  // of a path that is told; longer ones are cut
constexpr size_t kModelBytesMax = 256;

constexpr std::chrono::seconds kConnectPatience{10};  // for the upstream to take a connection
constexpr std::chrono::seconds kLinger{10};           // for a client to go after its last answer

}  // namespace cairn::relay
