#include "app/remembered.h"

#include "net/bytes/escapes.h"

#include <utility>

namespace app {

Remembered::Remembered(const std::string& path, const std::function<void()>& wake_frame) {
    if (path.empty()) return;
    const std::string name = net::bytes::printable(path);
    const jobs::SettingsText text = jobs::read_settings(path);
    if (text.failure) {
        troubles_.push_back(text.failure->message +
                            "; the settings are the defaults, and changes are not remembered");
        return;
    }
    if (!text.text.empty()) {
        session::SettingsParsed parsed = session::settings_from_json(text.text);
        settings_ = std::move(parsed.settings);
        if (!parsed.error.empty()) {
            const std::string aside = jobs::set_aside(path);
            troubles_.push_back("the settings in " + name + " are damaged (" +
                                net::bytes::printable(parsed.error) + "): " +
                                (aside.empty() ? "they could not be set aside, so changes "
                                                 "are not remembered"
                                               : "kept as " + net::bytes::printable(aside)) +
                                "; the defaults are used");
            if (aside.empty()) return;
        }
    }
    file_.emplace(path, wake_frame);
}

void Remembered::change(session::Settings settings) {
    if (settings == settings_) return;
    settings_ = std::move(settings);
    if (file_) file_->write(session::to_json(settings_));
}

std::vector<std::string> Remembered::take_troubles() {
    if (file_) {
        if (const auto failure = file_->take_failure()) troubles_.push_back(failure->message);
    }
    return std::exchange(troubles_, {});
}

}  // namespace app
