import HingeGraph
import HingeOperators

/// Operators on images and signals.
extension OlderSpelling {
    static let images: [OlderSpelling] = [grids, samples, windows, resizes, policies].flatMap { $0 }

    static let signals: [OlderSpelling] = [transforms, inverses, fades].flatMap { $0 }

    private static let grids: [OlderSpelling] =
        [true, false].flatMap { alignsCorners -> [OlderSpelling] in
            let operation = AffineGrid(alignsCorners: alignsCorners)
            return [
                OlderSpelling(
                    "AffineGrid", operation, [.mixed(2, 2, 3), .ints(2, 1, 3, 1)], lowest: 11,
                    tolerance: 1e-6),
                OlderSpelling(
                    "AffineGrid in space", operation, [.mixed(1, 3, 4), .ints(1, 1, 3, 2, 4)],
                    lowest: 11, tolerance: 1e-6),
            ]
        }

    private static let samplings: [GridSample] = GridSample.Mode.allCases.flatMap { mode in
        GridSample.Outside.allCases.flatMap { outside in
            [true, false].map { GridSample(mode, outside: outside, alignsCorners: $0) }
        }
    }

    private static let samples: [OlderSpelling] =
        samplings.flatMap { operation -> [OlderSpelling] in
            let name = "\(operation.mode), \(operation.outside)"
            return [
                OlderSpelling(
                    "GridSample, \(name)", operation, [.mixed(2, 3, 4, 5), .mixed(2, 3, 4, 2)],
                    lowest: 11, tolerance: 1e-5),
                OlderSpelling(
                    "GridSample in space, \(name)", operation,
                    [.mixed(1, 2, 3, 2, 4), .mixed(1, 2, 1, 3, 3)], lowest: 11, tolerance: 2e-5),
            ]
        } + [
            OlderSpelling(
                "GridSample at places that are none", GridSample(),
                [
                    Tensor([1, .infinity, 3, 4] as [Float], shape: [1, 1, 2, 2]),
                    Tensor(
                        [.nan, 0, -.infinity, 0, 0, 9e30, -0.5, 0.5] as [Float],
                        shape: [1, 4, 1, 2]),
                ], lowest: 11, tolerance: 1e-6),
            OlderSpelling(
                "GridSample, nearest, at places that are none", GridSample(.nearest),
                [
                    .mixed(1, 1, 2, 2, type: .int32),
                    Tensor([.nan, 0, .infinity, 0, -0.5, 0.5] as [Float], shape: [1, 3, 1, 2]),
                ], lowest: 11),
        ]

    private static let windows: [OlderSpelling] = [
        OlderSpelling(
            "AveragePool with gaps",
            AveragePool(
                kernel: [2, 2], strides: [2, 1], padding: .explicit([1, 1, 0, 1]),
                dilations: [2, 3], roundsUp: true), [.mixed(2, 3, 8, 7)], lowest: 7,
            tolerance: 1e-6),
        OlderSpelling(
            "AveragePool with gaps that counts padding",
            AveragePool(
                kernel: [2, 2], padding: .sameUpper, dilations: [2, 1],
                countsPadding: true), [.mixed(1, 2, 5, 6)], lowest: 7, tolerance: 1e-6),
        OlderSpelling(
            "LpPool with gaps", LpPool(kernel: [2], dilations: [2], p: 3), [.mixed(1, 2, 9)],
            lowest: 7, tolerance: 1e-6),
        OlderSpelling(
            "LpPool, rounded up", LpPool(kernel: [3], strides: [2], roundsUp: true),
            [.mixed(1, 2, 8)], lowest: 7, tolerance: 1e-6),
        OlderSpelling(
            "Col2Im", Col2Im(strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 1]),
            [.mixed(2, 12, 12), .ints(6, 5), .ints(2, 2)], lowest: 11, tolerance: 1e-6),
        OlderSpelling(
            "Col2Im with infinity", Col2Im(),
            [
                Tensor([1, .infinity, 2, .nan, 3, 4] as [Float], shape: [1, 2, 3]),
                .ints(4), .ints(2),
            ], lowest: 11, tolerance: 1e-6),
    ]

    private static let resizes: [OlderSpelling] =
        Resize.Coordinates.allCases.filter {
            $0 != .tensorFlowCrop && $0 != .tensorFlowHalfPixel
        }.flatMap { coordinates in
            [Resize.Mode.linear, .cubic].map { mode in
                var resize = Resize(mode, coordinates)
                resize.isAntialiased = true
                resize.axes = [3, 2]
                return OlderSpelling(
                    "Resize with antialiasing, \(mode), \(coordinates)", resize,
                    [.mixed(1, 2, 6, 5), nil, Tensor([0.6, 1.5] as [Float])], lowest: 11,
                    tolerance: 1e-5)
            }
        }

    private static let policies: [OlderSpelling] =
        [Resize.AspectPolicy.notLarger, .notSmaller].map { policy in
            var resize = Resize(.nearest, .halfPixel)
            resize.aspectPolicy = policy
            resize.axes = [2, 3]
            return OlderSpelling(
                "Resize, \(policy)", resize, [.mixed(1, 2, 3, 5), nil, nil, .ints(7, 8)],
                lowest: 11)
        }
        + [Resize.Mode.nearest, .linear].map { mode in
            var resize = Resize(mode, .tensorFlowCrop)
            resize.axes = [3, 2]
            return OlderSpelling(
                "Resize of a computed region, \(mode)", resize,
                [
                    .mixed(1, 2, 6, 5), Tensor([0.1, 0.3, 0.7, 0.9] as [Float]),
                    Tensor([0.6, 1.5] as [Float]),
                ], lowest: 11, tolerance: 1e-5)
        }

    private static let lengths: [Tensor?] = [nil, .int(4), .int(9)]

    private static let transforms: [OlderSpelling] = [
        (DFT(), 1), (DFT(), 2), (DFT(isInverse: true), 1), (DFT(isInverse: true), 2),
        (DFT(isOneSided: true), 1),
    ].flatMap { (operation: DFT, parts: Int) -> [OlderSpelling] in
        lengths.map { length in
            OlderSpelling(
                "DFT along a computed axis", operation,
                [.mixed(2, 6, 3, parts), length, .int(-3)], lowest: 11, tolerance: 1e-5)
        }
    }

    private static let inverses: [OlderSpelling] =
        lengths.map { length in
            OlderSpelling(
                "DFT, inverse of one side", DFT(isInverse: true, isOneSided: true),
                [.mixed(2, 5, 2), length], lowest: 11, tolerance: 1e-5)
        } + [
            OlderSpelling(
                "STFT", STFT(isOneSided: true), [.mixed(2, 20, 1), .int(3), .mixed(6)],
                lowest: 11, tolerance: 1e-5),
            OlderSpelling(
                "STFT of complex numbers", STFT(isOneSided: false),
                [.mixed(1, 10, 2), .int(4), nil, .int(5)], lowest: 11, tolerance: 1e-5),
        ]

    private static let fades: [OlderSpelling] =
        [true, false].flatMap { isPeriodic -> [OlderSpelling] in
            [
                OlderSpelling(
                    "HannWindow", HannWindow(isPeriodic: isPeriodic), [.int(9)], lowest: 11,
                    tolerance: 1e-6),
                OlderSpelling(
                    "HammingWindow", HammingWindow(isPeriodic: isPeriodic, dataType: .float64),
                    [.int(8)], lowest: 11, tolerance: 1e-12),
                OlderSpelling(
                    "BlackmanWindow", BlackmanWindow(isPeriodic: isPeriodic), [.int(1)],
                    lowest: 11, tolerance: 1e-6),
            ]
        }
}
