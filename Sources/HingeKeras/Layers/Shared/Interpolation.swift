import HingeGraph
import HingeOperators

/// How an image is brought to another size.
enum Interpolation: String, CaseIterable, Sendable {
    case nearest, bilinear, bicubic, area, gaussian, lanczos3, lanczos5, mitchellcubic

    /// The sums that make the image, where no operator has the interpolation.
    var kernel: ResizeKernel? { ResizeKernel(rawValue: rawValue) }
}

extension ConfigReader {
    /// The interpolation; one that operators don't have is refused by name.
    func interpolation(default standard: Interpolation) throws -> Interpolation {
        guard let name = try string("interpolation") else { return standard }
        guard let interpolation = Interpolation(rawValue: name.lowercased()) else {
            throw unsupported("interpolation", "the interpolation '\(name)' is not supported")
        }
        return interpolation
    }
}

extension LayerContext {
    /// Brings the spatial axes of an image to given sizes.
    func resized(
        _ x: Operand, _ interpolation: Interpolation, to sizes: [Int], isAntialiased: Bool = false,
        _ format: DataFormat
    ) throws -> Operand {
        if let kernel = interpolation.kernel {
            return try resized(x, kernel, to: sizes, isAntialiased: isAntialiased, format)
        }
        let resize = resize(interpolation, to: sizes, isAntialiased: isAntialiased)
        return try append(laidOut(resize, format), x)
    }

    /// The operator that brings spatial axes, which follow the batch and the channels, to given
    /// sizes, for an interpolation that operators have.
    ///
    /// The centres of pixels stay centres. The coefficients of cubic interpolation are those of the
    /// backend that wrote the model.
    func resize(
        _ interpolation: Interpolation, to sizes: [Int], isAntialiased: Bool = false
    ) -> Resize {
        var resize: Resize
        switch interpolation {
        case .nearest:
            resize = Resize(.nearest, .halfPixel, rounding: .preferCeil, sizes: sizes)
        case .bilinear: resize = Resize(.linear, .halfPixel, sizes: sizes)
        case .bicubic:
            resize = Resize(.cubic, .halfPixel, sizes: sizes)
            let isTorch = semantics.backend == "torch" && !isAntialiased
            resize.cubicCoefficient = isTorch ? -0.75 : -0.5
            resize.excludesOutside = !isTorch
        default: resize = Resize(.linear, .halfPixel, sizes: sizes)
        }
        if isAntialiased, interpolation != .nearest {
            resize.isAntialiased = true
            resize.excludesOutside = true
        }
        resize.axes = Array(2..<2 + sizes.count)
        return resize
    }
}
