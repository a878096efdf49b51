/// Gives the layers of a model names that every backend of Keras takes: unique, of letters, digits, `-` and `_`, and not
/// beginning with `-` or `_`.
struct LayerNames {
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]

    /// A name that no layer has, as close to the one wanted as possible; it is taken from now on.
    mutating func take(_ wanted: String) -> String {
        let base = LayerNames.clean(wanted)
        if taken.insert(base).inserted { return base }
        var number = counters[base, default: 0]
        repeat { number += 1 } while !taken.insert("\(base)_\(number)").inserted
        counters[base] = number
        return "\(base)_\(number)"
    }

    /// A name with everything replaced that Keras, TensorFlow or PyTorch refuses: `/features/0.1/Conv` becomes
    /// `features_0_1_Conv`.
    static func clean(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar == "-" || scalar == "_")
            result.unicodeScalars.append(isPlain ? scalar : "_")
        }
        let start = result.drop { $0 == "_" || $0 == "-" }
        return start.isEmpty ? "layer" : String(start)
    }
}
