import HingeGraph

extension ImageOptions {
    /// These options with what is `nil` chosen as an input of a model needs it.
    ///
    /// The layout is the one in which 1 or 3 channels stand where the type has them; an image is resized to the rows and
    /// columns of the type if neither ``size`` nor ``crop`` says otherwise.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when the type is none of an image, or leaves the layout open.
    public func fitted(to type: ValueType) throws -> ImageOptions {
        guard case .tensor(let dataType, let shape) = type else {
            throw HingeError(.mismatch, "an image is a tensor, and the input is \(type)")
        }
        var options = self
        options.dataType = self.dataType ?? dataType
        guard let shape else { return options }
        let layout = try self.layout ?? Self.layout(of: shape, type)
        guard layout.rawValue.count == shape.rank else {
            throw HingeError(
                .mismatch,
                "the layout \(layout.rawValue) has \(layout.rawValue.count) dimensions, "
                    + "and the input is \(type)")
        }
        options.layout = layout
        if channels == nil, layout.extent("c", of: shape) == 1 { options.channels = .grayscale }
        if size == nil, crop == nil, let height = layout.extent("h", of: shape),
            let width = layout.extent("w", of: shape)
        {
            options.size = .exact(Extents(height: height, width: width))
        }
        return options
    }

    private static func layout(of shape: Shape, _ type: ValueType) throws -> Layout {
        let layouts = Layout.allCases.filter { $0.rawValue.count == shape.rank }
        let possible = layouts.filter { [nil, 1, 3].contains($0.extent("c", of: shape)) }
        let stated = possible.filter { $0.extent("c", of: shape) != nil }
        if stated.count == 1 { return stated[0] }
        if stated.isEmpty, possible.count == 1 { return possible[0] }
        throw HingeError(
            .mismatch,
            possible.isEmpty
                ? "an image has 1 or 3 channels, first or last, and the input is \(type)"
                : "which dimension of \(type) is that of the channels is open: "
                    + "the layout must be given, "
                    + possible.map(\.rawValue).joined(separator: " or "))
    }
}

extension ImageOptions.Layout {
    /// The place of a dimension, named by its letter.
    func axis(_ letter: Character) -> Int? {
        rawValue.firstIndex(of: letter).map {
            rawValue.distance(from: rawValue.startIndex, to: $0)
        }
    }

    /// The extent of a dimension, if it is known.
    func extent(_ letter: Character, of shape: Shape) -> Int? {
        axis(letter).flatMap { $0 < shape.rank ? shape[$0].extent : nil }
    }
}
