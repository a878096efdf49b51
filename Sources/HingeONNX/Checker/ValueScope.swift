/// The names that nodes of a graph may refer to: its own, and those of the graphs around it.
final class ValueScope {
    private let outer: ValueScope?
    private var names: Set<String> = []
    private(set) var used: Set<String> = []

    init(_ outer: ValueScope?) { self.outer = outer }

    func define(_ name: String) { names.insert(name) }

    /// Whether this graph itself has the value.
    func defines(_ name: String) -> Bool { names.contains(name) }

    /// Whether this graph or one around it has the value.
    func knows(_ name: String) -> Bool { names.contains(name) || outer?.knows(name) ?? false }

    /// Notes that a value is used.
    func use(_ name: String) {
        if names.contains(name) { used.insert(name) } else { outer?.use(name) }
    }
}
