// Every limit of Cairn in one place, with its unit in its name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn {

// Names
constexpr size_t kNameBytesMax = 128;          // project and run ids, which are file names
constexpr size_t kDisplayNameBytesMax = 1024;  // a run's free-text name
constexpr size_t kKeyBytesMax = 1024;          // a series key
constexpr size_t kTagBytesMax = 256;
constexpr size_t kTagsPerRunMax = 256;
constexpr size_t kNotesBytesMax = 1 << 20;
constexpr size_t kArtifactPathBytesMax = 4096;  // of a file inside an artifact

// Records
constexpr size_t kFrameBytesMax = 16 << 20;  // one frame's payload
// One event's: what is just short of a frame may not fit into a frame of a pack, should it resist
// compression.
constexpr size_t kEventBytesMax = kFrameBytesMax - kFrameBytesMax / 64;
constexpr int64_t kStepMax = int64_t{1} << 53;  // beyond it a chart's axis cannot tell steps apart
constexpr size_t kKeysPerRowMax = 200'000;      // keys in one log() call
constexpr size_t kKeysPerRunMax = 1'000'000;    // distinct series of a run
constexpr size_t kConsoleLineBytesMax = 64 << 10;
constexpr size_t kDirtyDiffBytesMax = 1 << 20;  // git diff kept with a run
constexpr int kValueDepthMax = 64;              // nesting of config and summary
constexpr size_t kValueItemsMax = 1'000'000;    // items in one config or summary

// Storage
constexpr size_t kChunkPointsMax = 4096;      // points in one value chunk
constexpr size_t kLevelGroupPoints = 128;     // points summarised by one group of level 1
constexpr size_t kCheckpointRows = 1 << 16;   // rows of a live run held in memory at most
constexpr size_t kTextBlockBytes = 64 << 10;  // console text compressed together

// Queries
constexpr size_t kPageRunsMax = 10'000;
constexpr size_t kSampleBucketsMax = 20'000;
constexpr size_t kFilterBytesMax = 64 << 10;
constexpr int kFilterDepthMax = 100;
constexpr size_t kTailPointsMax = 1 << 20;  // held for one live view that does not ask for them

constexpr size_t kViewsPerProjectMax = 200;  // named views of the page
constexpr size_t kViewStateBytesMax = 64 << 10;

// The read door
constexpr size_t kRequestHeadBytesMax = 64 << 10;
constexpr size_t kRequestBodyBytesMax = 16 << 20;
constexpr size_t kSeriesPerRequestMax = 10'000;    // runs x keys of one answer
constexpr size_t kBucketsPerRequestMax = 4 << 20;  // of all series of one answer
constexpr size_t kConsoleLinesPerRequestMax = 100'000;
constexpr size_t kRecallKeysMax = 32;     // that one request looks for
constexpr int64_t kRecallRunsMax = 1000;  // that have one of them
constexpr size_t kRelativesMax = 50;

// Leases
constexpr size_t kLeaseKeyBytesMax = 200;
constexpr size_t kLeaseHolderBytesMax = 512;
constexpr size_t kLeaseDetailBytesMax = 64 << 10;
constexpr int64_t kLeaseTtlNsMax = int64_t{7 * 24 * 3600} * 1'000'000'000;

// The server
constexpr size_t kConnectionsMax = 10'000;
constexpr size_t kUploadBytesMax = 17 << 20;       // a piece of a journal, one frame at least
constexpr size_t kAccountBodyBytesMax = 64 << 10;  // of log-ins, users and keys: strangers send it
constexpr size_t kBodyBytesInFlightMax = 512 << 20;  // announced by all requests being read
constexpr size_t kReadingQueueMax = 1024;            // requests that wait for the reading thread
constexpr size_t kLiveListenersMax = 1000;
constexpr size_t kLiveBytesMax = 8 << 20;  // held for one listener that does not read
constexpr size_t kLiveConsolesMax = 100;   // runs whose console one listener follows

// Access
constexpr size_t kAccessBytesMax = 16 << 20;  // access.json
constexpr size_t kUsersMax = 10'000;
constexpr size_t kApiKeysMax = 10'000;
constexpr size_t kSessionsPerUserMax = 100;  // beyond: the oldest one ends
constexpr size_t kPasswordBytesMin = 8;
constexpr size_t kPasswordBytesMax = 1024;

}  // namespace cairn
