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
        return combined(a, b, dataType(first), fold)
    }

    /// The elements of an output whose every element is that of all inputs, which broadcast, combined by `fold` one after
    /// the other.
    func foldingAll(_ fold: (Shape.Dimension, Shape.Dimension) -> Shape.Dimension?) -> [Shape
        .Dimension]?
    {
        guard var result = indexElements(0) else { return nil }
        for index in inputs.indices.dropFirst() {
            guard let next = indexElements(index),
                let both = combined(result, next, dataType(0), fold)
            else { return nil }
            result = both
        }
        return result
    }

    /// The elements of two vectors, of which one may have a single element, combined.
    private func combined(
        _ a: [Shape.Dimension], _ b: [Shape.Dimension], _ type: DataType?,
        _ fold: (Shape.Dimension, Shape.Dimension) -> Shape.Dimension?
    ) -> [Shape.Dimension]? {
        let count = a.count == 1 ? b.count : a.count
        guard a.count == count || a.count == 1, b.count == count || b.count == 1 else { return nil }
        return (0..<count).map { index in
            let left = a[a.count == 1 ? 0 : index]
            let right = b[b.count == 1 ? 0 : index]
            guard left != .unknown, right != .unknown else { return .unknown }
            return fitting(fold(left, right), type)
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

    /// The elements of an input of integers or booleans with at most one dimension, if they are few, as those are that
    /// shapes are made of.
    func indexElements(_ index: Int) -> [Shape.Dimension]? {
        guard shape(index)?.rank ?? 0 <= 1, constant(index)?.count ?? 0 <= Self.elementLimit else {
            return nil
        }
        return switch dataType(index) {
        case .int64, .int32, .bool: elements(index)
        default: nil
        }
    }

    private static let elementLimit = 1 << 10

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
    /// A truth value as an element: 1 or 0.
    static func flag(_ value: Bool) -> Shape.Dimension { .known(value ? 1 : 0) }
}
