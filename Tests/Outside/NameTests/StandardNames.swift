import Foundation
import Hinge
import HingeOperators
import Testing

/// Names of the standard library and of Foundation that mean what they always mean, whatever else is imported.
///
/// The standard library's can't become ambiguous: another module's would silently stand for them.
@Suite struct StandardNames {
    @Test func areThoseOfTheStandardLibrary() {
        let types: [(found: Any.Type, wanted: Any.Type)] = [
            (Optional<Int>.self, Swift.Optional<Int>.self),
            (Range<Int>.self, Swift.Range<Int>.self),
            (Slice<[Int]>.self, Swift.Slice<[Int]>.self),
            (Array<Int>.self, Swift.Array<Int>.self),
            (Result<Int, any Error>.self, Swift.Result<Int, any Error>.self),
            (Float16.self, Swift.Float16.self),
            (Unit.self, Foundation.Unit.self),
            (Operation.self, Foundation.Operation.self),
            (Data.self, Foundation.Data.self),
            (Process.self, Foundation.Process.self),
            (Progress.self, Foundation.Progress.self),
            (Thread.self, Foundation.Thread.self),
            (Stream.self, Foundation.Stream.self),
            (Port.self, Foundation.Port.self),
            (Host.self, Foundation.Host.self),
            (Scanner.self, Foundation.Scanner.self),
            (Bundle.self, Foundation.Bundle.self),
            (Dimension.self, Foundation.Dimension.self),
            (Locale.self, Foundation.Locale.self),
            (Notification.self, Foundation.Notification.self),
            (Formatter.self, Foundation.Formatter.self),
        ]
        for (found, wanted) in types {
            #expect(ObjectIdentifier(found) == ObjectIdentifier(wanted))
        }
        let measurement = Measurement(value: 1, unit: UnitLength.meters)
        #expect(measurement.value == 1)
    }
}
