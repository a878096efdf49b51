import ArgumentParser
import Foundation
import Hinge

/// How an image given as an input is prepared, as words of the command line.
struct ImageSettings: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How an image becomes an input, as words: size=256 (of the shorter side) or 224x320 (height by width), \
            crop=224, mean=0.485,0.456,0.406, std=0.229,0.224,0.225, scale=1/255, channels=rgb, bgr or grayscale, \
            layout=nchw, nhwc, chw or hwc, interpolation=bilinear (nearest, box, hamming, bicubic, lanczos), \
            antialias=no, orientation=ignored. What is not said fits the model's input.
            """,
            valueName: "word=value …"))
    var image: String?

    /// The options that the words say.
    ///
    /// - Throws: ``HingeError`` with the code `usage`.
    func options() throws -> ImageOptions {
        var options = ImageOptions()
        var seen: Set<Substring> = []
        for word in (image ?? "").split(separator: " ") {
            guard let equals = word.firstIndex(of: "=") else {
                throw HingeError(.usage, "--image: expected WORD=VALUE, found '\(word)'")
            }
            let name = word[..<equals]
            guard seen.insert(name).inserted else {
                throw HingeError(.usage, "--image: '\(name)' is given twice")
            }
            try Self.set(
                name, Setting(word: word, value: word[word.index(after: equals)...]), &options)
        }
        return options
    }

    private static func set(
        _ name: Substring, _ setting: Setting, _ options: inout ImageOptions
    ) throws {
        switch name {
        case "size":
            if setting.value.contains("x") {
                options.size = .exact(try setting.extents())
            } else {
                options.size = .shortSide(try setting.extents().height)
            }
        case "crop": options.crop = try setting.extents()
        case "mean": options.mean = try setting.numbers()
        case "std": options.deviation = try setting.numbers()
        case "scale": options.scale = try setting.fraction()
        case "channels": options.channels = try setting.choice()
        case "layout": options.layout = try setting.choice()
        case "interpolation": options.interpolation = try setting.choice()
        case "antialias": options.antialiases = try setting.isFirst(of: "yes", "no")
        case "orientation":
            options.isOriented = try setting.isFirst(of: "applied", "ignored")
        default: throw HingeError(.usage, "--image: there is no '\(name)'")
        }
    }

    /// One of the words.
    private struct Setting {
        let word: Substring
        let value: Substring

        private func error(_ expected: String) -> HingeError {
            HingeError(.usage, "--image \(word): expected \(expected)")
        }

        /// `224`, of a square, or `224x320`.
        func extents() throws -> ImageOptions.Extents {
            let sides = value.split(separator: "x", omittingEmptySubsequences: false).map {
                Int($0)
            }
            guard let height = sides[0], let width = sides[sides.count - 1], sides.count <= 2,
                height > 0, width > 0
            else { throw error("a number of pixels, or HEIGHTxWIDTH") }
            return .init(height: height, width: width)
        }

        func numbers() throws -> [Double] {
            let numbers = value.split(separator: ",", omittingEmptySubsequences: false)
                .compactMap { Double($0) }.filter(\.isFinite)
            guard numbers.count == value.count(where: { $0 == "," }) + 1 else {
                throw error("numbers with commas between them")
            }
            return numbers
        }

        /// `0.5` or `1/255`.
        func fraction() throws -> Double {
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
                .map { Double($0) }
            guard parts.count <= 2, let first = parts[0],
                let second = parts.count == 2 ? parts[1] : 1, (first / second).isFinite
            else { throw error("a number, or a fraction as 1/255") }
            return first / second
        }

        func choice<Choice: RawRepresentable & CaseIterable>() throws -> Choice
        where Choice.RawValue == String {
            guard let choice = Choice(rawValue: String(value)) else {
                throw error(Choice.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return choice
        }

        func isFirst(of first: String, _ second: String) throws -> Bool {
            guard value == first || value == second else { throw error("\(first) or \(second)") }
            return value == first
        }
    }
}
