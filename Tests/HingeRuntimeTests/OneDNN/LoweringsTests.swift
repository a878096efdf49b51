#if OneDNN
    import Foundation
    import HingeOperators
    import Testing

    @testable import HingeRuntime

    /// The list of lowerings, their files and the registered operators agree.
    @Suite struct LoweringsTests {
        private static var files: URL {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Sources/HingeRuntime/OneDNN/Operators")
        }

        @Test func everyFileIsALoweringOfTheList() throws {
            let files = try FileManager.default.contentsOfDirectory(
                atPath: LoweringsTests.files.path
            )
            .map { $0.replacing(".swift", with: "") }
            #expect(files.sorted() == Lowerings.all.map { "\($0)" })
        }

        /// Functions must be right for NaN, infinities and what is near 0, by themselves and behind others.
        @Test func everyFunctionIsTriedOnSpecialNumbers() {
            let tried = SpecialValueTests.functions.map(\.name)
            for case let lowering as any ElementwiseLowering.Type in Lowerings.all {
                #expect(tried.contains { "\($0)Lowering" == "\(lowering)" }, "\(lowering)")
            }
        }

        /// `ConvLowering` is found for `Conv`.
        @Test(arguments: OperatorRegistry.standard.operators.values.map { "\($0)" }.sorted())
        func isFoundByTheOperatorsType(_ name: String) throws {
            let known = OperatorRegistry.standard.operators.values.first { "\($0)" == name }
            let lowering = Lowerings.all.first { "\($0)" == "\(name)Lowering" }
            let found = try Lowerings.find(#require(known)).map { "\($0)" }
            #expect(found == lowering.map { "\($0)" })
        }
    }
#endif
