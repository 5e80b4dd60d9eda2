// Batches of pages to map.
#include "servers/vm/space/run_batch.hpp"

namespace axo::vm {

namespace {

bool continues(const MapRun &run, std::uint64_t address, Frame frame, std::uint32_t flags) {
    const std::uint64_t bytes = std::uint64_t{run.pages} * page_size;
    return run.flags == flags && run.address.value + bytes == address &&
           run.frame.value + bytes == frame_address(frame).value;
}

}  // namespace

Status RunBatch::add(std::uint64_t address, Frame frame, std::uint32_t flags) {
    if (count_ != 0 && continues(runs_[count_ - 1], address, frame, flags)) {
        ++runs_[count_ - 1].pages;
        return {};
    }
    if (count_ == capacity) TRY(flush());
    runs_[count_++] = {VirtAddr{address}, frame_address(frame), 1, flags};
    return {};
}

Status RunBatch::flush() {
    if (count_ == 0) return {};
    const unsigned count = std::exchange(count_, 0u);
    return tables_.map(process_, {runs_, count});
}

}  // namespace axo::vm
