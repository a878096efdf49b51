import HingeGraph

/// Shape arithmetic: what is known of the elements of a small vector of integers after an operator.
///
/// Exporters compute shapes in the graph (Shape → Gather → Mul → Concat → Reshape). Keeping the elements, symbols
/// included, keeps the shapes that they make known.
extension InferenceContext {
    /// The elements of an output whose every element is `fold` of the elements of inputs 0 and 1, which broadcast.
    ///
    /// `nil` when the inputs' elements aren't known; an element that `fold` can't tell is unknown.
    func folding(_ fold: (Shape.Dimension, Shape.Dimension) -> Shape.Dimension?) -> [Shape
        .Dimension]?
    {
        folding(0, 1, fold)
    }

    /// The elements of an output whose every element is `fold` of the elements of the inputs at `first` and
    /// `second`, which broadcast.
    func folding(
        _ first: Int, _ second: Int, _ fold: (Shape.Dimension, Shape.Dimension) -> Shape.Dimension?
    ) -> [Shape.Dimension]? {
        guard let a = indexElements(first), let b = indexElements(second) else { return nil }
        let count = a.count == 1 ? b.count : a.count
        guard a.count == count || a.count == 1, b.count == count || b.count == 1 else { return nil }
        return (0..<count).map { index in
            let left = a[a.count == 1 ? 0 : index]
            let right = b[b.count == 1 ? 0 : index]
            guard left != .unknown, right != .unknown else { return .unknown }
            return fitting(fold(left, right), dataType(first))
        }
    }

    /// The elements of an output whose every element is `fold` of that of input 0.
    func folding(_ fold: (Shape.Dimension) -> Shape.Dimension?) -> [Shape.Dimension]? {
        indexElements(0)?.map { $0 == .unknown ? .unknown : fitting(fold($0), dataType(0)) }
    }

    /// An element, unless it is more than its type holds.
    private func fitting(_ element: Shape.Dimension?, _ type: DataType?) -> Shape.Dimension {
        guard let element else { return .unknown }
        if type == .int32, let extent = element.extent, Int32(exactly: extent) == nil {
            return .unknown
        }
        return element
    }

    /// The elements of an input of integers or booleans with at most one dimension.
    func indexElements(_ index: Int) -> [Shape.Dimension]? {
        switch dataType(index) {
        case .int64, .int32, .bool: elements(index)
        default: nil
        }
    }

    /// The output of an operator with two inputs that broadcast, and its elements.
    func inferBroadcasting(
        _ legacy: LegacyBroadcast?, as type: DataType? = nil,
        folding fold: (Shape.Dimension, Shape.Dimension) -> Shape.Dimension?
    ) throws -> [Inferred] {
        var outputs = try inferBroadcasting(legacy, as: type)
        if legacy?.axis == nil { outputs[0].elements = folding(fold) }
        return outputs
    }
}

extension Shape.Dimension {
    /// Two known numbers combined, unless that overflows.
    ///
    /// `known(2, 3) { $0.addingReportingOverflow($1) }`
    static func known(
        _ a: Shape.Dimension, _ b: Shape.Dimension,
        _ combine: (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) -> Shape.Dimension? {
        guard let a = a.extent, let b = b.extent else { return nil }
        let (value, overflow) = combine(a, b)
        return overflow ? nil : .known(value)
    }

    /// Whether two numbers are equal, as far as it can be told: a symbol stands for an extent, so it is never
    /// negative.
    static func areEqual(_ a: Shape.Dimension, _ b: Shape.Dimension) -> Bool? {
        switch (a, b) {
        case (.known(let a), .known(let b)): a == b
        case (.symbolic(let a), .symbolic(let b)): a == b ? true : nil
        case (.symbolic, .known(let extent)), (.known(let extent), .symbolic):
            extent < 0 ? false : nil
        default: nil
        }
    }

    /// A truth value as an element: 1 or 0.
    static func flag(_ value: Bool) -> Shape.Dimension { .known(value ? 1 : 0) }
}
