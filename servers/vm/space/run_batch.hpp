// Collects pages to map into as few kernel calls as possible: frames that follow each other become one run.
#pragma once

#include "servers/vm/space/page_tables.hpp"

#include <utility>

namespace axo::vm {

class RunBatch {
public:
    RunBatch(PageTables &tables, Endpoint process) : tables_(tables), process_(process) {}

    /// Addresses ascend. The error is that of mapping a full batch.
    Status add(std::uint64_t address, Frame frame, std::uint32_t flags);
    Status flush();

private:
    static constexpr unsigned capacity = 64;
    PageTables &tables_;
    Endpoint process_;
    unsigned count_ = 0;
    MapRun runs_[capacity];
};

}  // namespace axo::vm
