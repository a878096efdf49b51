/// The name of a variable in a legacy file: `bidirectional/forward_lstm/lstm_cell/kernel:0`.
struct StoredName {
    /// The parts of the name that stand for layers.
    private let layers: [Substring]
    /// The variable's own name.
    private let own: Substring

    /// Reads a name.
    init(_ name: String) {
        var parts = name.split(separator: "/")
        var own = parts.popLast() ?? ""
        if let colon = own.lastIndex(of: ":") { own = own[..<colon] }
        self.own = own
        layers = parts
    }

    /// Whether this may be the name of a variable, whatever layer that is in.
    ///
    /// TensorFlow 1 counts names that were taken: `kernel_1`. A variable that was made without a
    /// name, such as `LayerScale`'s, is called `variable`.
    func isOwnName(of variable: LayerVariables.Variable) -> Bool {
        if own == variable.name || variable.otherNames.contains(String(own)) { return true }
        if StoredName.saysNothing(own) { return true }
        guard let line = own.lastIndex(of: "_"), own.index(after: line) < own.endIndex,
            own[own.index(after: line)...].allSatisfy({ $0.isASCII && $0.isNumber })
        else { return false }
        let stem = own[..<line]
        return stem == variable.name || variable.otherNames.contains(String(stem))
    }

    /// Whether a variable's own name is one that backends give to a variable without a name.
    private static func saysNothing(_ own: Substring) -> Bool {
        ["variable", "Variable", "param"].contains { name in
            guard own.hasPrefix(name) else { return false }
            let rest = own.dropFirst(name.count)
            return rest.isEmpty
                || rest.first == "_" && rest.dropFirst().allSatisfy { "0"..."9" ~= $0 }
        }
    }

    /// How many of the layers around a variable the name has, the innermost first.
    func matches(_ labels: [LayerVariables.Label]) -> Int {
        var rest = layers[...]
        var count = 0
        for label in labels.reversed() {
            guard let end = rest.indices.reversed().first(where: { has(label, endingAt: $0) })
            else { continue }
            count += 1
            rest = rest[..<end]
        }
        return count
    }

    private func has(_ label: LayerVariables.Label, endingAt index: Int) -> Bool {
        switch label {
        case .none: return false
        case .prefix(let prefix): return layers[index].hasPrefix(prefix)
        case .name(let name):
            // The name of a layer of Keras 2 may have parts itself.
            let parts = name.split(separator: "/")
            guard index + 1 >= parts.count else { return false }
            return layers[(index + 1 - parts.count)...index].elementsEqual(parts)
        }
    }
}

extension StoredName {
    /// The greatest number of variables of one layer whose names are compared with each other.
    private static let greatestCount = 2_000
    /// The greatest number of times that they are.
    private static let greatestRoundCount = 8

    /// Which name belongs to which variable, as positions in `names`.
    ///
    /// The order counts as long as no name contradicts it. It depends on which layers were frozen
    /// when the file was written, which the configuration does not always say: where names
    /// contradict it, each variable is the one whose name has most of the layers around it, and
    /// the order decides only between names that are equally good.
    ///
    /// - Returns: `nil` when the names don't fit the variables.
    static func assign(_ names: [StoredName], to variables: [ExpectedVariable]) -> [Int]? {
        guard names.count == variables.count else { return nil }
        let identity = Array(names.indices)
        let fits = identity.allSatisfy { names[$0].isOwnName(of: variables[$0].variable) }
        let isCertain = identity.allSatisfy {
            names[$0].matches(variables[$0].labels) == variables[$0].labels.count
        }
        if fits && isCertain { return identity }
        guard names.count <= greatestCount else { return fits ? identity : nil }
        return byNames(names, variables) ?? (fits ? identity : nil)
    }

    private static func byNames(
        _ names: [StoredName], _ variables: [ExpectedVariable]
    ) -> [Int]? {
        var result = [Int?](repeating: nil, count: variables.count)
        var isFree = [Bool](repeating: true, count: names.count)
        var options: [[(name: Int, score: Int)]] = variables.map { variable in
            names.indices.filter { names[$0].isOwnName(of: variable.variable) }
                .map { ($0, names[$0].matches(variable.labels)) }
        }
        /// The free names that are best for a variable.
        func best(_ index: Int) -> [Int] {
            options[index].removeAll { !isFree[$0.name] }
            let most = options[index].map(\.score).max() ?? 0
            return options[index].filter { $0.score == most }.map(\.name)
        }
        func take(_ name: Int, _ variable: Int) {
            result[variable] = name
            isFree[name] = false
        }
        // A name that is best for one variable alone is that one's; what is left changes then.
        for _ in 0..<greatestRoundCount {
            var isSettled = true
            for index in variables.indices where result[index] == nil {
                let names = best(index)
                guard names.count == 1 else { continue }
                take(names[0], index)
                isSettled = false
            }
            if isSettled { break }
        }
        // Names that are equally good, as many as there are variables for them, keep their order.
        for index in variables.indices where result[index] == nil {
            guard let name = best(index).first else { return nil }
            take(name, index)
        }
        return result.compactMap { $0 }
    }
}
