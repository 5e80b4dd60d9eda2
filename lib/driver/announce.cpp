#include "lib/driver/announce.hpp"

#include "axo/device_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sys/ds.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::driver {

namespace {

/// DS knows a service by its label; the kernel's name is the label too, unless DS was not told yet.
Result<Label> own_label() {
    const SelfInfo self = TRY(sys::self_info());
    if (auto label = sys::ds::label_of(self.endpoint)) return *label;
    return Label::cut(text_of(self.name));
}

}  // namespace

Status announce(rs::InitKind kind) {
    if (kind == rs::InitKind::update) return {};
    // At a first start there was no predecessor: what is queued already is meant for this one.
    if (kind == rs::InitKind::restart) TRY(sys::state_control());
    const Label label = TRY(own_label());
    constexpr std::string_view prefix = device::up_event_prefix;
    sys::ds::Key key{};
    std::size_t length = 0;
    for (char letter : prefix) key.text[length++] = letter;
    for (char letter : label.view()) key.text[length++] = letter;
    return sys::ds::publish_number(key.view(), 1);
}

}  // namespace axo::driver
