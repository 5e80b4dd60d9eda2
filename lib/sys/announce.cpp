#include "lib/sys/announce.hpp"

#include "lib/sys/ds.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::sys {

namespace {

/// DS knows a service by its label; the kernel's name is the label too, unless DS was not told yet.
Result<Label> own_label() {
    const SelfInfo self = TRY(self_info());
    if (auto label = ds::label_of(self.endpoint)) return *label;
    return Label::cut(text_of(self.name));
}

}  // namespace

Status announce(std::string_view prefix) {
    const Label label = TRY(own_label());
    ds::Key key{};
    if (prefix.size() + label.size() >= sizeof key.text) return Error::invalid;
    std::size_t length = 0;
    for (char letter : prefix) key.text[length++] = letter;
    for (char letter : label.view()) key.text[length++] = letter;
    return ds::publish_number(key.view(), 1);
}

}  // namespace axo::sys
