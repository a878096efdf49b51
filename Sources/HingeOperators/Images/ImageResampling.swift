import HingeGraph

/// How the pixels of an image of another size are made.
package enum ResamplingFilter: Sendable {
    case nearest, box, bilinear, hamming, bicubic, lanczos

    /// How far from its middle the filter reaches, in pixels.
    fileprivate var support: Double {
        switch self {
        case .nearest, .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight of a pixel at a distance, before all are made to add up to 1.
    fileprivate func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest, .box: return distance > -0.5 && distance <= 0.5 ? 1 : 0
        case .bilinear: return max(1 - x, 0)
        case .hamming: return x < 1 ? sinc(x) * (0.54 + 0.46 * RealMath.cos(.pi * x)) : 0
        case .bicubic:
            // Keys' kernel with a = -1/2.
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
        case .lanczos: return x < 3 ? sinc(x) * sinc(x / 3) : 0
        }
    }
}

extension DecodedImage {
    /// The image in another size, computed as Pillow does.
    ///
    /// Rows are resampled first, then columns, each to 8 bits, with weights of 22 bits.
    ///
    /// - Parameters:
    ///   - height: The number of rows, more than 0.
    ///   - width: The number of pixels in a row, more than 0.
    ///   - filter: How pixels are made.
    ///   - antialiases: Whether a filter reaches farther where the image gets smaller, so that each pixel counts.
    /// - Throws: ``HingeError`` with the code `limit` when the image would be too large.
    package func resized(
        height: Int, width: Int, _ filter: ResamplingFilter, antialiases: Bool
    ) throws -> DecodedImage {
        var result = self
        if width != result.width {
            try MemoryLimit.check(.uint8, [result.height, width, channels])
            let weights = try ResamplingWeights(
                result.width, width, filter, antialiases: antialiases)
            let pixels = try weights.resample(pixels, lines: result.height, step: channels)
            result = DecodedImage(
                width: width, height: result.height, channels: channels, pixels: pixels)
        }
        if height != result.height {
            try MemoryLimit.check(.uint8, [height, width, channels])
            let weights = try ResamplingWeights(
                result.height, height, filter, antialiases: antialiases)
            let pixels = try weights.resample(result.pixels, lines: 1, step: width * channels)
            result = DecodedImage(
                width: width, height: height, channels: channels, pixels: pixels)
        }
        return result
    }

    /// A part of the image.
    ///
    /// - Precondition: The part is inside.
    package func cropped(top: Int, left: Int, height: Int, width: Int) -> DecodedImage {
        precondition(top >= 0 && left >= 0 && height > 0 && width > 0)
        precondition(top + height <= self.height && left + width <= self.width)
        let rows = (top..<top + height).map { row in
            let start = (row * self.width + left) * channels
            return pixels[start..<start + width * channels]
        }
        return DecodedImage(
            width: width, height: height, channels: channels, pixels: Array(rows.joined()))
    }
}

/// What each place along an axis is made of: neighbouring places of another extent, and their weights.
private struct ResamplingWeights {
    /// The bits behind the point of a weight.
    static let precision = 22

    private let source: Int
    private var first: [Int] = []
    /// Where the weights of each place begin; one more than there are places.
    private var starts = [0]
    private var weights: [Int32] = []

    init(_ source: Int, _ target: Int, _ filter: ResamplingFilter, antialiases: Bool) throws {
        self.source = source
        let scale = Double(source) / Double(target)
        let reach = antialiases && filter != .nearest ? max(scale, 1) : 1
        let support = filter.support * reach
        // `target` is bounded, and what an axis has more of in the source than in the target makes the reach.
        try MemoryLimit.checkArray(
            of: Int32.self, count: target * (Int(support.rounded(.up)) * 2 + 1))
        first.reserveCapacity(target)
        starts.reserveCapacity(target + 1)
        for index in 0..<target {
            let middle = (Double(index) + 0.5) * scale
            if filter == .nearest {
                append(from: min(Int(middle), source - 1), [1])
                continue
            }
            let from = max(Int(middle - support + 0.5), 0)
            let end = max(min(Int(middle + support + 0.5), source), from + 1)
            append(
                from: from, (from..<end).map { filter.weight((Double($0) - middle + 0.5) / reach) })
        }
    }

    private mutating func append(from start: Int, _ numbers: [Double]) {
        let sum = numbers.reduce(0, +)
        let unit = Double(1 << Self.precision) / (sum == 0 ? 1 : sum)
        first.append(start)
        weights += numbers.map { Int32(($0 * unit).rounded(.toNearestOrAwayFromZero)) }
        starts.append(weights.count)
    }

    /// Resamples `[lines, source, step]` along the middle axis.
    func resample(_ pixels: [UInt8], lines: Int, step: Int) throws -> [UInt8] {
        var result = try [UInt8](bounded: 0, count: lines * first.count * step)
        var sums = [Int32](repeating: 0, count: step)
        for line in 0..<lines {
            for place in first.indices {
                for element in sums.indices { sums[element] = 1 << (Self.precision - 1) }
                for index in starts[place]..<starts[place + 1] {
                    let weight = weights[index]
                    let from = first[place] + index - starts[place]
                    let start = (line * source + from) * step
                    for element in sums.indices {
                        sums[element] &+= weight &* Int32(pixels[start + element])
                    }
                }
                let target = (line * first.count + place) * step
                for element in sums.indices {
                    result[target + element] = UInt8(
                        clamping: sums[element] >> Int32(Self.precision))
                }
            }
        }
        return result
    }
}

/// `sin(πx) / (πx)`.
private func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : RealMath.sin(.pi * x) / (.pi * x)
}
